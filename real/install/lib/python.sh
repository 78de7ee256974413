# environment NAME: the packages of python/NAME.txt, by hash, in an environment of their own at .installed/python/NAME.
environment() {
  local folder=.installed/python/$1
  cmp -s "python/$1.txt" "$folder/installed.txt" && return
  python3 -m venv --clear "$folder"
  "$folder/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check --require-hashes -r "python/$1.txt"
  cp "python/$1.txt" "$folder/installed.txt"
}
