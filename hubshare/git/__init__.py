"""Git as HubShare uses it: objects, packs and canonical repositories. The only importer of dulwich."""
