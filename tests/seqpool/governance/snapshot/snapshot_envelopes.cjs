// Signs with Snapshot's own package, and prints what it would have posted to Snapshot's sequencer.
// Reads [{method, key, message}, ...] from stdin; the package posts to a server of this process.

const http = require('node:http');
const { Wallet } = require('@ethersproject/wallet');
const { Client712, utils } = require('@snapshot-labs/snapshot.js');

async function main() {
  let body;
  const server = http.createServer(async (request, response) => {
    body = '';
    for await (const part of request) body += part;
    response.setHeader('content-type', 'application/json');
    response.end('{}');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new Client712(`http://127.0.0.1:${server.address().port}`);
  const found = [];
  for (const { method, key, message } of JSON.parse(require('node:fs').readFileSync(0))) {
    const wallet = new Wallet(key);
    await client[method](wallet, wallet.address, message);
    found.push({ body, id: utils.getHash(JSON.parse(body).data) });
  }
  server.close();
  server.closeAllConnections();
  console.log(JSON.stringify(found));
}

main();
