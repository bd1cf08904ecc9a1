"""The only room that knows WTForms: forms parse and validate; macros draw them."""
