"""La règle des mots de passe : CNIL 2022, mot de passe seul."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from centres.models import Utilisateur
from trpm.comptes.mots_de_passe import RegleCnil


@pytest.mark.parametrize(
    "admis",
    [
        "Fraisage#2734",
        "rXk7-wq2Lp!z",
        "Tournage27Etau93",
        "sept petites vis rouillent sous un vieil étau",
        "Un-Deux-Trois-Fraises-Tournent-Très-Vite",
    ],
)
def test_un_mot_de_passe_assez_riche_est_admis(admis):
    RegleCnil().validate(admis)


@pytest.mark.parametrize(
    ("refuse", "code"),
    [
        ("Court#27", "trop_simple"),
        ("fraisage#2734", "trop_simple"),
        ("FRAISAGE#2734", "trop_simple"),
        ("Fraisage#Etau", "trop_simple"),
        ("Fraisage27340", "trop_simple"),
        ("six petites vis rouillent sous étau", "trop_simple"),
        ("vis vis vis vis vis vis vis vis", "trop_simple"),
        ("Aa1!Aa1!Aa1!", "trop_repete"),
        ("Motdepasse2026!", "trop_courant"),
        ("Password123!!", "trop_courant"),
        ("Professeur2026!", "trop_courant"),
    ],
)
def test_un_mot_de_passe_facile_est_refuse_et_dit_pourquoi(refuse, code):
    with pytest.raises(ValidationError) as refus:
        RegleCnil().validate(refuse)
    assert refus.value.code == code
    assert refus.value.messages[0].endswith(".")


def test_un_mot_de_passe_qui_reprend_le_nom_est_refuse():
    with pytest.raises(ValidationError):
        validate_password("Helene.Fayette#27", Utilisateur(username="helene.fayette", first_name="Hélène"))


def test_la_regle_se_lit_en_francais():
    assert RegleCnil().get_help_text().startswith("12 caractères avec minuscule")
