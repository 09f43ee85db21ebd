# What is released; everything else is done with the go command alone.

# deb, rpm, apk and tar.gz for amd64 and arm64, SHA256SUMS and bills of materials.
packages:
	cd packaging && go run . -root .. -out ../dist

# What tests them: the tools of Debian and rpm, as far as they are installed.
packages-test:
	cd packaging && go test -count=1 -timeout 10m -v ./...

.PHONY: packages packages-test
