import unittest


class TypesTest(unittest.TestCase):
    def test_annotations_can_be_evaluated(self):
        from tests import typed

        self.assertEqual("Context", typed.handler.__annotations__["context"].__name__)
