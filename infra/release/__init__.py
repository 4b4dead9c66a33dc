"""What a release consists of: notes, an archive to deploy, lists of what is in it, checksums."""
