"""Prints the hosts that botocore sends requests to: for each region that it knows, or for all services of a few."""

import json
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import EndpointVariantError


class Sent(Exception):
    pass


def abort(request, **_):
    raise Sent(request.url)


def host(service, operation, region, **variant):
    try:
        client = session.client(service, region_name=region, config=Config(**variant))
        client.meta.events.register('before-send', abort)
        getattr(client, operation)()
    except EndpointVariantError:
        return None
    except Sent as sent:
        return urlsplit(str(sent)).hostname


session = boto3.Session(aws_access_key_id='-', aws_secret_access_key='-')
print(
    json.dumps(
        [
            {
                'partition': partition,
                'region': region,
                'sts': host('sts', 'get_caller_identity', region),
                'fips': host('sts', 'get_caller_identity', region, use_fips_endpoint=True),
                'dualstack': host('sts', 'get_caller_identity', region, use_dualstack_endpoint=True),
                'iam': host('iam', 'list_roles', region),
                'cloudformation': host('cloudformation', 'list_stacks', region),
            }
            for partition in session.get_available_partitions()
            for region in session.get_available_regions('sts', partition)
        ]
    )
)
