"""No module imports, by whatever way, one that imports it: also where the import only annotates, is made late, or is a package's own."""

import grimp


def circles(graph: grimp.ImportGraph) -> list[str]:
    """What is left once every module has gone that imports nothing that is left."""
    imports = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    while leaves := {module for module, imported in imports.items() if not imported}:
        imports = {module: imported - leaves for module, imported in imports.items() if module not in leaves}
    return sorted(imports)


def test_no_module_is_in_a_circle_of_imports() -> None:
    assert circles(grimp.build_graph("credex_actions", cache_dir=None)) == []


def test_a_circle_would_be_found() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in (("top", "a"), ("a", "b"), ("b", "a"), ("b", "leaf")):
        graph.add_import(importer=importer, imported=imported)
    assert circles(graph) == ["a", "b", "top"]
