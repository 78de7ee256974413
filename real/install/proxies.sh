. install/lib/apt.sh
. install/lib/python.sh
packages squid tinyproxy apache2-bin openssl
environment px
environment mitmproxy
