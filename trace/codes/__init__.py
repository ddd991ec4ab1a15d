"""What is printed: QR codes as PNG, SVG and terminal text, and the 60 × 40 mm batch label as PDF."""
