. install/lib/go.sh
tool github.com/rhysd/actionlint/cmd/actionlint
