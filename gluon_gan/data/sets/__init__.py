"""The data sets of photographs and digits that have names: their files, downloads and stand-ins."""
