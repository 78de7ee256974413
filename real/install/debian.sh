. install/lib/apt.sh
packages awscli python3-boto3 strace
