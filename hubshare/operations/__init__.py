"""What a person or a program may do at the centre, without HTTP. The API and the pages are thin doors to these functions.

An operation is a plain function `verb_noun(caller, centre, *, …)`:

- `caller` says who asks and which action the door declared (`hubshare.operations.caller.Caller`); an operation gets to projects
  and teams by `caller.project` and `caller.team` alone, in the transaction in which it acts.
- `centre` is what it works with. What it has to ask the Hub, it asks a `hubshare.operations.directory.Directory`, which is
  then its third argument.
- The rest are values, by name: names, ids, numbers, the wire models of requests.
- It returns a wire model or a plain result, and raises errors of the tree in `hubshare.errors`.
- It makes its own transactions, and tells agents and event streams after them.
- It knows no SQL, which is in `hubshare.store`, and no request, response, header or status. Freshness is a value of the answer
  (`revision`), which the API turns into an ETag; a page of a list has `next`, made by `hubshare.operations.cursor`.
- It blocks: routes call it in a worker thread, which FastAPI does for a route that is a plain `def`.

One file for each kind of thing. What only shows things, and needs no decision (a folder's list, a history), reads the store by
functions of `hubshare.store`.
"""
