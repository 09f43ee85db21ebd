#!/bin/sh
# Before removing; upgrades ("upgrade" for deb, 1 for rpm) leave the service running.
set -e

case "$1" in
upgrade | failed-upgrade | deconfigure | 1) exit 0 ;;
esac
if [ -d /run/systemd/system ]; then
    # Sockets first: a client that connects to one would start its service again.
    systemctl disable --quiet --now logskiff.socket || true
    systemctl stop 'logskiff-forwarder@*.socket' || true
    systemctl disable --quiet --now logskiff.service || true
    systemctl stop 'logskiff-forwarder@*.service' || true
fi
# What enabling made, of forwarders too, and where systemd does not run.
for link in /etc/systemd/system/*.wants/logskiff.service /etc/systemd/system/*.wants/logskiff.socket \
    /etc/systemd/system/*.wants/logskiff-forwarder@*.service /etc/systemd/system/*.wants/logskiff-forwarder@*.socket; do
    if [ -L "$link" ]; then rm -f "$link"; fi
done
