"""Official documents (文书) as .docx, from the built-in templates or an office's own."""
