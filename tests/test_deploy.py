"""What deploys onrecord: parsed, and held against the commands and settings that there are."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it has no types

from rag.app.cli import build_parser
from tests.processes import REPOSITORY

COMPOSE = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
KUBERNETES = [*yaml.safe_load_all((REPOSITORY / "deploy" / "kubernetes.yaml").read_text())]
SETTINGS = (REPOSITORY / "rag" / "core" / "settings.py").read_text()


def ours() -> list[tuple[list[str], dict[str, Any]]]:
    """The command and the environment of every container of our image."""
    services = [(one["command"], one["environment"]) for one in COMPOSE["services"].values() if "build" in one]
    pods = [one["spec"] for one in KUBERNETES if one["kind"] == "Deployment"]
    pods += [one["spec"]["jobTemplate"]["spec"] for one in KUBERNETES if one["kind"] == "CronJob"]
    containers = [container for pod in pods for container in pod["template"]["spec"]["containers"]]
    return services + [(one["args"], {given["name"]: given for given in one["env"]}) for one in containers]


def test_every_container_runs_a_command_with_settings_that_there_are_and_none_is_root() -> None:
    assert len(ours()) == 6
    for command, given in ours():
        build_parser().parse_args(command)
        unknown = [name for name in given if name.startswith("ONRECORD_") and f"{name}." not in SETTINGS]
        assert not unknown
        assert command[0] != "chat" or "--auth" in command, "nobody reads without a login"
    dockerfile = (REPOSITORY / "Dockerfile").read_text()
    assert re.findall(r"^USER (\d+)", dockerfile, re.MULTILINE)[-1] != "0"
    for service in COMPOSE["services"].values():
        if "build" in service:
            assert service["read_only"]
            assert service["cap_drop"] == ["ALL"]
    for one in KUBERNETES:
        for pod in _pods(one):
            assert pod["securityContext"]["runAsNonRoot"]
            assert all(not box["securityContext"]["allowPrivilegeEscalation"] for box in pod["containers"])
    for path in ("compose.yaml", "deploy/kubernetes.yaml", "Dockerfile"):
        text = (REPOSITORY / path).read_text()
        assert not re.search(r"postgresql://\w+:(?!…|\$\{)", text), path


def _pods(of: object) -> list[dict[str, Any]]:
    """The descriptions of pods in a document."""
    if not isinstance(of, dict):
        return []
    here = [of] if "containers" in of else []
    return here + [pod for value in of.values() for pod in _pods(value)]


def test_only_nginx_is_reached_from_outside_and_what_is_copied_into_the_image_is_there() -> None:
    services = COMPOSE["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
    config = (REPOSITORY / "deploy" / "nginx.conf").read_text()
    named = set(re.findall(r"server (chat-\d+):7860", config))
    assert named == {name for name in services if name.startswith("chat-")} == set(services["nginx"]["depends_on"])
    dockerfile = (REPOSITORY / "Dockerfile").read_text()
    let_in = (REPOSITORY / ".dockerignore").read_text().split()
    copied = [name for line in re.findall(r"^COPY (?!--)(.*) \S+$", dockerfile, re.MULTILINE) for name in line.split()]
    assert copied
    for name in copied:
        assert (REPOSITORY / name).exists()
        assert f"!{name}" in let_in


def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    nginx, openssl = shutil.which("nginx"), shutil.which("openssl")
    if not (nginx and openssl):
        pytest.skip("nginx or openssl is not installed")
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run([*made, "-keyout", "tls.key", "-out", "tls.crt"], check=True, capture_output=True, cwd=tmp_path)
    text = (REPOSITORY / "deploy" / "nginx.conf").read_text().replace("/etc/onrecord/tls/", f"{tmp_path}/")
    text = re.sub(r"chat-\d+:", "127.0.0.1:", text).replace("/tmp/nginx", f"{tmp_path}/nginx")  # noqa: S108 - its words
    (tmp_path / "nginx.conf").write_text(text)
    checked = subprocess.run(
        [nginx, "-t", "-c", tmp_path / "nginx.conf", "-e", "stderr"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
