"""The reference architectures over HTTP."""

import httpx
import pytest

from service.reference.shelf import REFERENCES


def test_the_list_leads_to_each(client: httpx.Client) -> None:
    found = client.get("/architectures").json()
    assert [each["name"] for each in found] == list(REFERENCES)
    assert len(found) >= 24
    for each in found:
        assert each["description"]
        assert "https://" in each["paper"]
        assert client.get(each["path"]).status_code == 200


@pytest.mark.parametrize("name", ["lenet-5", "bert-base", "swin-t"])
def test_what_is_returned_can_be_posted(client: httpx.Client, name: str) -> None:
    response = client.get(f"/architectures/{name}")
    assert response.headers["content-type"] == "application/json"
    assert len(response.text.splitlines()) > len(REFERENCES[name].document()["layers"])
    assert response.json() == REFERENCES[name].document()
    answer = client.post("/analyze", content=response.content).json()
    assert answer["valid"]
    assert answer == client.get(f"/architectures/{name}/analysis").json()


def test_another_name_is_guessed(client: httpx.Client) -> None:
    for path in ("/architectures/ResNet50", "/architectures/resnet50/analysis"):
        response = client.get(path)
        assert response.status_code == 404
        assert "Did you mean resnet-50?" in response.json()["detail"]


def test_another_size_breaks_what_minds_it(client: httpx.Client) -> None:
    sound = client.get("/architectures/resnet-50/analysis?input=1,3,240,240").json()
    assert sound["valid"]
    assert sound["layers"][0]["input_shapes"] == [[1, 3, 240, 240]]
    broken = client.get("/architectures/vit-b-16/analysis", params={"input": "1,3,240,240"}).json()
    assert not broken["valid"]
    assert "226" in " ".join(issue["message"] for issue in broken["issues"])
    assert broken["issues"][0]["fixes"]


def test_texts_of_any_length_go_through(client: httpx.Client) -> None:
    query = "input=input_ids%3D1,17&input=decoder_input_ids%3D1,9"
    assert client.get(f"/architectures/t5-small/analysis?{query}").json()["valid"]


def test_what_is_cropped_is_cropped_at_any_size_that_halves_four_times(client: httpx.Client) -> None:
    assert client.get("/architectures/u-net/analysis?input=1,1,332,284").json()["valid"]
    issues = client.get("/architectures/u-net/analysis?input=1,1,240,240").json()["issues"]
    (error,) = [issue for issue in issues if issue["severity"] == "error"]
    assert any(fix["valid"] for fix in error["fixes"])


@pytest.mark.parametrize("sizes", ["1,3,240,240", "1,3,300,300", "1,3,230,500", "1,3,32,32", "1,3,256,384"])
def test_swin_names_a_size_that_its_windows_divide(client: httpx.Client, sizes: str) -> None:
    for sound in ("2,3,224,448", "1,3,449,448"):
        assert client.get("/architectures/swin-t/analysis", params={"input": sound}).json()["valid"]
    answer = client.get("/architectures/swin-t/analysis", params={"input": sizes}).json()
    errors = [issue for issue in answer["issues"] if issue["severity"] == "error"]
    assert errors[0]["layer"] == "features.1.0.attn.windows_across"
    assert errors[0]["fixes"][0]["valid"]
    assert errors[0]["fixes"][0]["description"].startswith("Feed the model [1, 3, ")


def test_several_inputs_by_name(client: httpx.Client) -> None:
    query = "input=input_ids%3D1,128&input=token_type_ids%3D1,64"
    answer = client.get(f"/architectures/bert-base/analysis?{query}").json()
    assert not answer["valid"]
    assert answer["issues"][0]["layer"] == "embeddings.words"
    fixes = {fix["description"]: fix["valid"] for fix in answer["issues"][0]["fixes"]}
    assert fixes == {"Feed token_type_ids [1, 128].": True, "Feed input_ids [1, 64].": True}


@pytest.mark.parametrize("text", ["1,3,x", "1;3", "a=1,2", "1,-3,224,224", "", ",", "1,3," + "9" * 400])
def test_what_is_no_size(client: httpx.Client, text: str) -> None:
    response = client.get("/architectures/alexnet/analysis", params={"input": text})
    assert response.status_code == 422
    assert "input" in response.json()["detail"]


def test_in_every_form_that_an_answer_has(client: httpx.Client) -> None:
    response = client.get("/architectures/lenet-5/analysis?format=text")
    assert response.headers["content-type"].startswith("text/plain")
    assert "61,706" in response.text
    assert client.get("/architectures/lenet-5/analysis?format=docx").status_code == 406
