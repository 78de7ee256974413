. install/lib/python.sh
environment linters
