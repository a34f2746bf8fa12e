"""Makes certificates by the openssl command, for tests: an authority, and what it issues."""

import ipaddress
import itertools
import subprocess
from pathlib import Path


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(arguments)}: {done.stderr.decode()}")
    return done.stdout


class Certificate:
    """A certificate and its private key, each in a PEM file."""

    def __init__(self, file, key_file):
        self.file = str(file)
        self.key_file = str(key_file)


class Authority:
    """A CA of its own, whose certificate is `file`; everything lies in `folder`."""

    def __init__(self, folder, name="mintws test CA"):
        self.folder = Path(folder)
        self.numbers = itertools.count(1)
        stem = name.replace(" ", "_")
        self.file = str(self.folder / f"{stem}.pem")
        self.key_file = str(self.folder / f"{stem}.key")
        openssl("req", "-x509", *self._new_key(self.key_file), "-days", "2", "-subj", f"/CN={name}", "-out", self.file)

    @staticmethod
    def _new_key(file):
        return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", file

    def issue(self, *names, days=2, passphrase=None):
        """For these DNS names and addresses; `days` may be negative. With a passphrase the key's file needs it."""
        number = next(self.numbers)
        stem = str(self.folder / f"{Path(self.file).stem}_{number}")
        openssl("req", "-new", *self._new_key(f"{stem}.key"), "-subj", f"/CN={names[0]}", "-out", f"{stem}.csr")
        Path(f"{stem}.ext").write_text(f"subjectAltName={','.join(map(_alternative, names))}\n")
        openssl("x509", "-req", "-in", f"{stem}.csr", "-CA", self.file, "-CAkey", self.key_file, "-days", str(days),
                "-set_serial", str(number), "-extfile", f"{stem}.ext", "-out", f"{stem}.pem")
        if not passphrase:
            return Certificate(f"{stem}.pem", f"{stem}.key")
        openssl("pkey", "-in", f"{stem}.key", "-aes256", "-passout", f"pass:{passphrase}", "-out", f"{stem}.secret")
        return Certificate(f"{stem}.pem", f"{stem}.secret")


def _alternative(name):
    try:
        return f"IP:{ipaddress.ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"


def public_key_hash(certificate):
    """As curl's --pinnedpubkey and our own have it."""
    key = openssl("x509", "-in", certificate.file, "-noout", "-pubkey")
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key, capture_output=True,
                         check=True).stdout
    digest = subprocess.run(["openssl", "dgst", "-sha256", "-binary"], input=der, capture_output=True,
                            check=True).stdout
    return "sha256//" + subprocess.run(["openssl", "base64", "-A"], input=digest, capture_output=True,
                                       check=True).stdout.decode()
