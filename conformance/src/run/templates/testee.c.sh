#!/bin/sh
# Compiles testee.c when it changed, and becomes it.
folder=$(dirname "$0")
if [ ! -e "$folder/testee.bin" ] || [ "$folder/testee.c" -nt "$folder/testee.bin" ]; then
    ${CC:-cc} -Wall -Wextra -o "$folder/testee.bin" "$folder/testee.c" $(pkg-config --cflags --libs jansson) >&2 || exit 1
fi
exec "$folder/testee.bin"
