"""Un refus de la base se lit en français : aucun message ne montre le nom d'une contrainte."""

import pytest
from django.apps import apps
from django.db import models

# Aucun formulaire n'écrit dans le journal.
CONTRAINTES = [
    contrainte
    for application in ("centres", "certification")
    for modele in apps.get_app_config(application).get_models()
    for contrainte in modele._meta.constraints
    if modele._meta.model_name != "evenement"
]


@pytest.mark.parametrize("contrainte", CONTRAINTES, ids=lambda une: une.name)
def test_aucun_message_ne_montre_le_nom_d_une_contrainte(contrainte: models.BaseConstraint) -> None:
    message = contrainte.get_violation_error_message()
    assert contrainte.name not in message
    assert message != contrainte.default_violation_error_message
    assert message.endswith(".")
