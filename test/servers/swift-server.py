"""An OpenStack Swift with its S3 interface, whole and in one process: proxy, account, container and object server.

Usage: python3 swift-server.py DIRECTORY HOST PORT: where it keeps everything, and where the proxy listens, whose port is the first line of output (0: any).
It ends when its standard input does, so that it never outlives the test that started it.
"""

import os
import sys
from array import array

import eventlet

eventlet.monkey_patch()

from eventlet import wsgi  # noqa: E402
from paste.deploy import loadapp  # noqa: E402

PART_SHIFT = 31  # two partitions

PROXY_CONF = """
[app:proxy-server]
use = egg:swift#proxy
swift_dir = {root}
account_autocreate = true
log_name = proxy
node_timeout = 60
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
min_segment_size = 5242880
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_holdfast_owner = swift-secret .admin
user_holdfast_stranger = swift-secret
[filter:copy]
use = egg:swift#copy
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:symlink]
use = egg:swift#symlink
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
[pipeline:main]
pipeline = catch_errors listing_formats s3api tempauth copy bulk slo symlink versioned_writes proxy-server
"""

NODE_CONF = """
[app:main]
use = egg:swift#{kind}
devices = {root}/devices
swift_dir = {root}
mount_check = false
log_name = {kind}
fallocate_reserve = 0
"""


class Cache:
    """What Swift asks of its memcached, which it tells of every change itself."""

    def __init__(self):
        self.kept = {}

    def get(self, key, **_):
        return self.kept.get(key)

    def set(self, key, value, **_):
        self.kept[key] = value

    def delete(self, key, **_):
        self.kept.pop(key, None)

    def incr(self, key, delta=1, **_):
        self.kept[key] = int(self.kept.get(key, 0)) + delta
        return self.kept[key]


def with_cache(app, cache):
    def call(environ, start_response):
        environ["swift.cache"] = cache
        return app(environ, start_response)

    return call


def listen(host="127.0.0.1", port=0):
    return eventlet.listen((host, port), backlog=512)


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
    return path


def save_ring(root, name, port):
    from swift.common.ring import RingData

    device = {"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "d", "weight": 1.0,
              "replication_ip": "127.0.0.1", "replication_port": port, "meta": ""}
    RingData([array("H", [0, 0])], [device], PART_SHIFT).save(os.path.join(root, name + ".ring.gz"))


def serve(listener, app):
    eventlet.spawn(wsgi.server, listener, app, log_output=False, debug=False, max_size=512)


def main(root, host, port):
    from swift.common import storage_policy, utils

    utils.SWIFT_CONF_FILE = write(os.path.join(root, "swift.conf"), "[swift-hash]\nswift_hash_path_suffix = holdfast\n")
    utils.HASH_PATH_SUFFIX = b"holdfast"
    storage_policy.reload_storage_policies()
    os.makedirs(os.path.join(root, "devices", "d"), exist_ok=True)
    listeners = {kind: listen() for kind in ("account", "container", "object")}
    for kind, listener in listeners.items():
        save_ring(root, kind, listener.getsockname()[1])
    for kind, listener in listeners.items():
        conf = write(os.path.join(root, kind + ".conf"), NODE_CONF.format(kind=kind, root=root))
        serve(listener, loadapp("config:" + conf, name="main"))
    proxy = listen(host, port)
    conf = write(os.path.join(root, "proxy.conf"), PROXY_CONF.format(root=root))
    serve(proxy, with_cache(loadapp("config:" + conf, name="main"), Cache()))
    print(proxy.getsockname()[1], flush=True)
    eventlet.tpool.execute(sys.stdin.buffer.read)


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
