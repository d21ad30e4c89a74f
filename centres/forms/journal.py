"""Chercher dans un journal : par date, par personne, par acte."""

from typing import Any

from django import forms

from centres.forms.base import ChampDate


class FiltreJournalForm(forms.Form):
    """Par l'adresse de la page ; une valeur inconnue est ignorée."""

    du = ChampDate(label="Du", required=False)
    au = ChampDate(label="Au", required=False)
    auteur = forms.TypedChoiceField(label="Par", required=False, coerce=int, empty_value=None)
    acte = forms.ChoiceField(label="Acte", required=False)

    def __init__(self, *args: Any, choix: dict[str, list[tuple[Any, str]]], **options: Any) -> None:
        super().__init__(*args, **options)
        for champ in ("auteur", "acte"):
            cible = self.fields[champ]
            if champ not in choix:
                del self.fields[champ]
            elif isinstance(cible, forms.ChoiceField):
                cible.choices = [("", "Toutes les personnes" if champ == "auteur" else "Tous les actes"), *choix[champ]]
        for dessine in self.fields.values():
            dessine.widget.attrs["class"] = "form-select" if isinstance(dessine, forms.ChoiceField) else "form-control"
        self.is_valid()

    def criteres(self) -> dict[str, Any]:
        """Les critères donnés, dans les mots de l'ORM."""
        noms = {"du": "le__date__gte", "au": "le__date__lte", "auteur": "auteur", "acte": "acte"}
        return {noms[champ]: valeur for champ, valeur in self.cleaned_data.items() if valeur}
