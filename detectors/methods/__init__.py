"""The detection methods, one file or small group of files each."""
