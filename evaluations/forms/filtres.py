"""Les barres de filtres de la bibliothèque et du parcours, lues dans l'adresse de la page."""

from collections.abc import Iterable
from typing import Any

from django import forms

from evaluations.enums import Nature
from evaluations.queries.parcours import ENDROITS, Filtre, Parcours
from evaluations.queries.situations import Recherche


class RechercheForm(forms.Form):
    """Recherche dans la bibliothèque, par l'adresse de la page."""

    q = forms.CharField(label="Mots", required=False, max_length=80)
    epreuve = forms.ChoiceField(label="Épreuve", required=False)
    competence = forms.ChoiceField(label="Compétence", required=False)
    nature = forms.ChoiceField(label="Nature", required=False, choices=[("", "Toutes"), *Nature.choices])

    def __init__(self, *args: Any, epreuves: Iterable[str], competences: Iterable[str], **options: Any) -> None:
        super().__init__(*args, **options)
        for champ, codes in (("epreuve", epreuves), ("competence", competences)):
            cible = self.fields[champ]
            if isinstance(cible, forms.ChoiceField):
                cible.choices = [("", "Toutes"), *((code, code) for code in codes)]
        _styler(self)

    def recherche(self) -> Recherche:
        """Un filtre inconnu est ignoré : l'adresse a pu être tapée à la main."""
        saisie = self.cleaned_data if self.is_valid() else {**self.cleaned_data}
        return Recherche(
            mots=saisie.get("q", ""),
            epreuve=saisie.get("epreuve", ""),
            competence=saisie.get("competence", ""),
            nature=saisie.get("nature", ""),
        )


class FiltreParcoursForm(forms.Form):
    """Réduire la chronologie d'un apprenant."""

    bloc = forms.TypedChoiceField(label="Bloc", required=False, coerce=int, empty_value=None)
    competence = forms.ChoiceField(label="Compétence", required=False)
    periode = forms.ChoiceField(label="Période", required=False)
    endroit = forms.ChoiceField(label="Lieu", required=False)

    def __init__(self, *args: Any, parcours: Parcours, **options: Any) -> None:
        super().__init__(*args, **options)
        blocs = sorted({competence.bloc for competence in parcours.competences})
        choix: dict[str, list[tuple[Any, str]]] = {
            "bloc": [(bloc, f"Bloc {bloc}") for bloc in blocs],
            "competence": [(c.code, f"{c.code} {c.intitule}") for c in parcours.competences],
            "periode": [(periode, periode) for periode in parcours.periodes],
            "endroit": list(ENDROITS.items()),
        }
        for champ, valeurs in choix.items():
            cible = self.fields[champ]
            if isinstance(cible, forms.ChoiceField):
                cible.choices = [("", "Tous" if champ in ("bloc", "endroit") else "Toutes"), *valeurs]
        _styler(self)

    def filtre(self) -> Filtre:
        self.is_valid()
        saisie = self.cleaned_data
        return Filtre(
            bloc=saisie.get("bloc"),
            competence=saisie.get("competence", ""),
            periode=saisie.get("periode", ""),
            endroit=saisie.get("endroit", ""),
        )


def _styler(formulaire: forms.Form) -> None:
    """Ces petites barres de filtres sont dessinées par leur gabarit, sans crispy."""
    for champ in formulaire.fields.values():
        classe = "form-select" if isinstance(champ, forms.ChoiceField) else "form-control"
        champ.widget.attrs["class"] = classe
