#!/bin/sh
# After removing. Checkpoints stay, so that an installation later goes on where this
# one was; only purge of deb takes them away. What people made themselves, and what
# forwarders received, it leaves, and says so.
set -e

if [ "$1" = purge ]; then
    rm -rf /var/lib/logskiff /var/log/logskiff
    rm -f /etc/logskiff/environment
    rmdir /etc/logskiff/conf.d /etc/logskiff 2>/dev/null || true
    for left in /etc/logskiff/* /var/lib/logskiff-forwarder-*; do
        if [ -e "$left" ]; then echo "logskiff: purge leaves $left"; fi
    done
fi
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
