"""The product behind the gateway, for a file of tests, and the same with an edge or a Centrifugo before it."""

from collections.abc import Iterator

import pytest

from tests.contracts.centrifugo_under_test import ProductBehindACentrifugo
from tests.contracts.edge_under_test import ProductBehindAnEdge
from tests.contracts.gateway_under_test import Product


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    product = Product()
    yield product
    product.close()


@pytest.fixture(scope="module")
def product_behind_an_edge() -> Iterator[ProductBehindAnEdge]:
    product = ProductBehindAnEdge()
    yield product
    product.close()


@pytest.fixture(scope="module")
def one_centrifugo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProductBehindACentrifugo]:
    product = ProductBehindACentrifugo(tmp_path_factory.mktemp("centrifugo"))
    yield product
    product.close()


@pytest.fixture
def product_behind_a_centrifugo(one_centrifugo: ProductBehindACentrifugo) -> ProductBehindACentrifugo:
    one_centrifugo.centrifugo.wait_until_nobody_is_there()
    return one_centrifugo
