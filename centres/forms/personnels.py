"""Formulaires des personnels et de leurs rôles datés."""

from collections.abc import Iterable
from typing import Any

from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.db.models import QuerySet

from centres.enums import Role
from centres.forms.base import ChampDate, FicheForm
from centres.models import Centre


class RoleForm(FicheForm):
    """Un rôle donné à partir d'une date ; l'administrateur n'a pas de centre."""

    role = forms.ChoiceField(label="Rôle")
    centre = forms.ModelChoiceField(label="Centre", queryset=Centre.objects.none(), required=False)
    debut = ChampDate(label="À partir du")
    fin = ChampDate(label="Dernier jour", required=False, help_text="Vide : jusqu'à nouvel ordre.")

    def __init__(self, *args: Any, centres: QuerySet[Centre], roles: list[Role], **options: Any) -> None:
        super().__init__(*args, **options)
        self.choisir("role", [(role.value, str(role.label).capitalize()) for role in roles if role != Role.DDFPT])
        if Role.DDFPT in roles:
            self.choisir("role", [*self.fields["role"].choices, (Role.DDFPT.value, "DDFPT")])  # type: ignore[attr-defined]
        champ = self.fields["centre"]
        champ.queryset = centres  # type: ignore[attr-defined]
        if Role.ADMINISTRATEUR in roles:
            champ.help_text = "Aucun pour un administrateur."
        else:
            champ.required = True
            champ.empty_label = None  # type: ignore[attr-defined]
        self.helper.layout = Layout("empreinte", *self.personne(), self._role())

    def personne(self) -> Iterable[Fieldset]:
        return ()

    def clean(self) -> dict[str, Any]:
        saisie = super().clean() or self.cleaned_data
        role, centre = saisie.get("role"), saisie.get("centre")
        if role == Role.ADMINISTRATEUR and centre:
            self.add_error("centre", "Un administrateur n'a pas de centre.")
        elif role and role != Role.ADMINISTRATEUR and not centre and "centre" not in self.errors:
            self.add_error("centre", "Choisir le centre où ce rôle est tenu.")
        return saisie

    def saisie(self) -> dict[str, Any]:
        return {**super().saisie(), "role": Role(self.cleaned_data["role"])}

    def _role(self) -> Fieldset:
        return Fieldset(
            "Rôle",
            Row(Column("role", css_class="col-sm-6"), Column("centre", css_class="col-sm-6")),
            Row(Column("debut", css_class="col-sm-6"), Column("fin", css_class="col-sm-6")),
        )


class AccueilPersonneForm(RoleForm):
    prenom = forms.CharField(label="Prénom", max_length=150)
    nom = forms.CharField(label="Nom", max_length=150)
    email = forms.EmailField(
        label="Adresse professionnelle",
        help_text="Si un compte la porte déjà, c'est lui qui reçoit le rôle : une personne, un compte.",
    )

    def personne(self) -> Iterable[Fieldset]:
        return (_personne(),)


class PersonneForm(FicheForm):
    prenom = forms.CharField(label="Prénom", max_length=150)
    nom = forms.CharField(label="Nom", max_length=150)
    email = forms.EmailField(label="Adresse professionnelle", required=False)

    def __init__(self, *args: Any, figee: str = "", suite: str = "", **options: Any) -> None:
        """`figee` : pourquoi l'adresse ne se change pas ici ; `suite` : ce que la changer entraîne."""
        super().__init__(*args, **options)
        self.fields["email"].disabled = bool(figee)
        self.fields["email"].help_text = figee or suite

    def disposition(self) -> Layout:
        return Layout("empreinte", _personne())


def _personne() -> Fieldset:
    return Fieldset(
        "La personne",
        Row(Column("prenom", css_class="col-sm-6"), Column("nom", css_class="col-sm-6")),
        "email",
    )
