# environment NAME: the packages of python/NAME.txt, by hash, in an environment of their own at .installed/python/NAME.
environment() {
  local folder=.installed/python/$1
  cmp -s "python/$1.txt" "$folder/installed.txt" && return
  python3 -m venv --clear "$folder"
  hashed() { "$folder/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check --require-hashes "$@"; }
  hashed --only-binary :all: -r python/build.txt
  # pyperclip has no wheel. Without isolation, it is built by what was just installed, and nothing else is fetched.
  hashed --only-binary :all: --no-binary pyperclip --no-build-isolation -r "python/$1.txt"
  cp "python/$1.txt" "$folder/installed.txt"
}
