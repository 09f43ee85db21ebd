#!/bin/sh
# After removing. Checkpoints stay, so that an installation later goes on where this
# one was; only purge of deb takes them away.
set -e

if [ "$1" = purge ]; then
    rm -rf /var/lib/logskiff /var/log/logskiff
    rmdir /etc/logskiff/conf.d /etc/logskiff 2>/dev/null || true
fi
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
