"""HTTP: settings, application, routes and problem details. Thin: no rule lives here."""
