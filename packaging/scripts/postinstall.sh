#!/bin/sh
# After installing and upgrading, as deb ("configure" [VERSION]), rpm (count of
# versions) and apk (VERSION [OLD]) call it.
set -e

upgrade=no
case "$1" in
configure) if [ -n "$2" ]; then upgrade=yes; fi ;;
abort-*) exit 0 ;;
1) ;;
2) upgrade=yes ;;
*) if [ -n "$2" ]; then upgrade=yes; fi ;;
esac

# known passwd|group NAME: busybox has no getent.
known() {
    if command -v getent >/dev/null; then getent "$1" "$2" >/dev/null; else grep -q "^$2:" "/etc/$1"; fi
}

if command -v systemd-sysusers >/dev/null; then
    systemd-sysusers logskiff.conf
else
    # Containers and systems without systemd.
    if ! known group logskiff; then
        if command -v groupadd >/dev/null; then groupadd -r logskiff; else addgroup -S logskiff; fi
    fi
    if ! known passwd logskiff; then
        if command -v useradd >/dev/null; then
            useradd -r -g logskiff -d /var/lib/logskiff -M -s /usr/sbin/nologin -c "Logskiff log agent" logskiff
        else
            adduser -S -D -H -G logskiff -h /var/lib/logskiff -s /sbin/nologin logskiff
        fi
    fi
    for group in adm systemd-journal; do
        if known group "$group"; then
            if command -v usermod >/dev/null; then usermod -a -G "$group" logskiff; else addgroup logskiff "$group"; fi
        fi
    done
fi
# As tmpfiles.d says, which systemd-tmpfiles cannot do in a root without /proc.
for dir in /var/lib/logskiff /var/log/logskiff; do
    mkdir -p "$dir"
    chown logskiff:logskiff "$dir"
    chmod 0750 "$dir"
done

if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    if [ $upgrade = yes ]; then
        systemctl try-restart logskiff.service 'logskiff-forwarder@*.service' || true
    else
        # It is skipped as long as no source is configured.
        systemctl enable --quiet logskiff.service || true
        systemctl start logskiff.service || true
    fi
fi
if [ $upgrade = no ]; then
    echo 'logskiff: next, `logskiff discover --toml` writes tables for /etc/logskiff/conf.d/sources.toml; then: systemctl restart logskiff'
fi
