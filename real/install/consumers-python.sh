. install/lib/apt.sh
. install/lib/python.sh
packages awscli python3-boto3
environment consumers
