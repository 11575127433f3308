"""The story that `ape run demo` tells: a chapter a module. Every balance is checked to the wei."""
