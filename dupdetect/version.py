"""The version of the installed package."""

VERSION = "0.2.0"
