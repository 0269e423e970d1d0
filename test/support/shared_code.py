"""MiniStack's functions with their code in one place: for each process of a function it would unpack the code of all of them again
(a dozen megabytes), and Node.js would compile it again. Functions find their own files as before, and write none of them.
"""
import hashlib
import os
import threading
import types
import zipfile

import ministack.core.lambda_runtime as runtime

_lock = threading.Lock()
# A process that is ended by a signal would not store what it has compiled.
_STORE_COMPILED = 'setTimeout(() => require("module").flushCompileCache?.(), 2000).unref();\n'


class _Shared(zipfile.ZipFile):
    def extractall(self, path=None, members=None, pwd=None):
        with open(self.filename, "rb") as file:
            place = os.path.join(_root, hashlib.sha256(file.read()).hexdigest()[:16])
        with _lock:
            if not os.path.exists(place):
                super().extractall(place)
        os.rmdir(path)
        os.symlink(place, path)


def share(root):
    """`root`: a directory that outlasts the functions; with their compiled code."""
    global _root
    _root = os.path.join(root, "code")
    os.environ["NODE_COMPILE_CACHE"] = os.path.join(root, "compiled")
    runtime.zipfile = types.SimpleNamespace(**{**vars(zipfile), "ZipFile": _Shared})
    runtime._NODEJS_WORKER_SCRIPT = _STORE_COMPILED + runtime._NODEJS_WORKER_SCRIPT
