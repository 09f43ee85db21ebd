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
    for group in logskiff logskiff-admin; do
        if ! known group $group; then
            if command -v groupadd >/dev/null; then groupadd -r $group; else addgroup -S $group; fi
        fi
    done
    if ! known passwd logskiff; then
        if command -v useradd >/dev/null; then
            useradd -r -g logskiff -d /var/lib/logskiff -M -s /usr/sbin/nologin -c "Logskiff log agent" logskiff
        else
            adduser -S -D -H -G logskiff -h /var/lib/logskiff -s /sbin/nologin logskiff
        fi
    fi
    for group in logskiff-admin adm systemd-journal; do
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

# What the service and `check --env-file` read. It holds secrets, so it is no file of the
# package, whose owner and mode others may change.
if [ ! -e /etc/logskiff/environment ]; then
    (umask 077 && echo '# Lines NAME=value, for ${NAME} in the configuration.' >/etc/logskiff/environment)
fi

running=no
if [ -d /run/systemd/system ]; then running=yes; fi
if [ $running = yes ]; then
    systemctl daemon-reload
    if [ $upgrade = yes ]; then
        systemctl try-restart logskiff.service 'logskiff-forwarder@*.service' || true
    else
        # It is skipped as long as no source is configured.
        systemctl enable --quiet logskiff.service || true
        systemctl start logskiff.service || true
    fi
elif [ $upgrade = no ] && ! command -v apk >/dev/null; then
    # An image, a chroot: the link is what `systemctl enable` makes, for the next boot.
    running=later
    mkdir -p /etc/systemd/system/multi-user.target.wants
    ln -sf /usr/lib/systemd/system/logskiff.service /etc/systemd/system/multi-user.target.wants/logskiff.service
fi
if [ $upgrade = no ]; then
    case $running in
    yes) then='systemctl restart logskiff' ;;
    later) then='logskiff run -c /etc/logskiff/logskiff.toml, or let systemd start the service at the next boot' ;;
    no) then='logskiff run -c /etc/logskiff/logskiff.toml' ;;
    esac
    echo "logskiff: next, \`logskiff discover --toml\` writes tables for /etc/logskiff/conf.d/sources.toml; then: $then"
fi
