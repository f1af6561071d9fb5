"""What a receipt is printed on: a page, plain text, a thermal printer's roll, a PDF."""
