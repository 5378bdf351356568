#!/bin/sh
# How prove starts one test: scripts by sh, units as they are.
case $1 in
*.t) exec sh "$@" ;;
*) exec "$@" ;;
esac
