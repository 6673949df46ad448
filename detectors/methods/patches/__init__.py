"""What Patch SVDD and MSPB share: patch places, pairs of patches, the classifier, banks, spreading."""
