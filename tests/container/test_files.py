"""Files for containers, against the schemas of those who read them."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose
from compose_spec.models import ComposeSpecification

from service.api.metrics import Metrics

ROOT = Path(__file__).parent.parent.parent
SCRIPTS = Path(sys.executable).parent
MANIFESTS = sorted((ROOT / "deploy/kubernetes").glob("*.yaml"))


def compose() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def test_the_compose_file_keeps_to_its_schema() -> None:
    standard = {key: value for key, value in compose().items() if not key.startswith("x-")}
    ComposeSpecification.model_validate(standard, extra="forbid")
    assert PyCompose.from_json(json.dumps(compose())).service_names()
    with pytest.raises(ValueError, match="restrat"):
        PyCompose.from_json('{"services": {"plumbline": {"image": "plumbline", "restrat": "always"}}}')


def test_what_runs_without_a_gpu_and_what_with_one() -> None:
    services = compose()["services"]
    assert [name for name, service in services.items() if not service.get("profiles")] == ["plumbline"]
    assert "deploy" not in services["plumbline"]
    (device,) = services["plumbline-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])
    assert {name for name, service in services.items() if service.get("profiles") == ["scale"]} == {
        "replica", "nginx", "prometheus", "grafana",
    }  # fmt: skip


def test_every_container_of_ours_is_confined() -> None:
    for name, service in compose()["services"].items():
        if service["image"].startswith("plumbline:"):
            assert service["read_only"], name
            assert service["cap_drop"] == ["ALL"], name
            assert service["security_opt"] == ["no-new-privileges:true"], name


def test_the_dockerfile_is_linted() -> None:
    done = subprocess.run(
        [str(SCRIPTS / "hadolint"), str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: path.name)
def test_manifests_keep_to_the_schemas_of_kubernetes(manifest: Path) -> None:
    command = [str(SCRIPTS / "kubernetes-validate"), "--strict", str(manifest)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    kinds = [document["kind"] for document in yaml.safe_load_all(manifest.read_text(encoding="utf-8"))]
    assert done.stderr.count("passed for resource") + done.stdout.count("passed for resource") == len(kinds)


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: path.name)
def test_no_service_is_taken_for_a_setting(manifest: Path) -> None:
    # For a Service "plumbline" Kubernetes sets PLUMBLINE_PORT to tcp://…, unless it is told not to.
    for document in yaml.safe_load_all(manifest.read_text(encoding="utf-8")):
        if document["kind"] == "Deployment":
            assert document["spec"]["template"]["spec"]["enableServiceLinks"] is False


def test_the_dashboard_asks_for_metrics_that_there_are() -> None:
    dashboard = json.loads((ROOT / "deploy/grafana/dashboard.json").read_text(encoding="utf-8"))
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    names = {family.name for family in Metrics().registry.collect()}
    for expression in expressions:
        asked = set(re.findall(r"plumbline_\w+", expression))
        assert asked, expression
        for word in asked:
            assert word.removesuffix("_bucket").removesuffix("_total") in names, word


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    # Outside of the network of containers there is no resolver to ask for the replicas.
    text = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    (tmp_path / "nginx.conf").write_text(text.replace("replica:8000 resolve", "127.0.0.1:8000"))
    command = [str(shutil.which("nginx")), "-t", "-q", "-c", str(tmp_path / "nginx.conf")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
