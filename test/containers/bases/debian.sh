#!/bin/sh
# debian.sh FOLDER: a small Debian in FOLDER, as a stand-in for debian:bookworm-slim.
set -eu
debootstrap --variant=minbase --include=ca-certificates bookworm "$1"
rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/usr/share/doc "$1"/usr/share/man "$1"/usr/share/locale
