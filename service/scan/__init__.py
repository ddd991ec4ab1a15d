"""The page behind the code (扫码页): what a phone gets at a GS1 Digital Link address of ours."""
