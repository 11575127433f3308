"""Slasher and SlashVault: reports, cases, appeals."""
