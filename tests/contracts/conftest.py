"""The product behind the gateway, for a file of tests, and the same with an edge before it."""

from collections.abc import Iterator

import pytest

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
