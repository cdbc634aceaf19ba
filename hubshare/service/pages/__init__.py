"""The HTML pages, one file for each; see docs/reference/pages.md.

A page asks (`hubshare.service.web.authorize`), collects what it shows, and has a template show it (`view.Pages`). What changes
something is a form that works without JavaScript: a POST, answered by a redirect to where the result is seen.
"""
