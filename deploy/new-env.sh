#!/bin/sh
# Writes deploy/compose.env: the example with a random value of 256 bits for each secret, readable by its owner only.
# It never replaces a file: the volumes know the secrets of their first start.
set -eu
umask 077
folder=$(dirname "$0")
target=${1:-$folder/compose.env}

if [ -e "$target" ]; then
    echo "$target is there already, and the volumes may depend on it; it was left alone." >&2
    exit 1
fi
secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

while IFS= read -r line; do
    case $line in
        [A-Z]*=) printf '%s%s\n' "$line" "$(secret)" ;;
        *) printf '%s\n' "$line" ;;
    esac
done < "$folder/compose.env.example" > "$target.new"
mv "$target.new" "$target"
echo "$target is written; keep a copy of it where your other secrets are."
