"""Half-filled forms, kept on the server so that an interrupted clerk goes on where they were."""
