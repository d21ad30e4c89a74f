"""Corriger un brouillon de grille, ses poids, et en tirer une nouvelle version."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from certification.models import Grille, PoidsGrille
from certification.services.grilles import PARAMETRES
from referentiel.models import SessionExamen

POIDS_MAX = 999


class GrilleForm(forms.ModelForm):  # type: ignore[type-arg]
    """Tous les paramètres du calcul (DOMAINE §5), sauf les poids."""

    class Meta:
        model = Grille
        fields = PARAMETRES
        localized_fields = "__all__"
        labels = {
            "points_niveau_1": "Niveau 1",
            "points_niveau_2": "Niveau 2",
            "points_niveau_3": "Niveau 3",
            "points_niveau_4": "Niveau 4",
            "granularite": "Sur quoi porte le meilleur niveau",
            "non_evalue": "Si une compétence n'est pas évaluée",
            "arrondi": "Arrondi de la note",
            "bonus_max": "Bonus maximal",
            "seuil_commentaire": "Commentaire exigé en dessous de",
        }
        help_texts = {
            "bonus_max": "0 : la commission n'a pas de bonus.",
            "seuil_commentaire": "Sous cette note, la commission écrit un commentaire.",
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        points = [Column(f"points_niveau_{niveau}", css_class="col-6 col-md-3") for niveau in (1, 2, 3, 4)]
        self.helper.layout = Layout(
            Fieldset("Points de chaque niveau", Row(*points)),
            Fieldset("Calcul", "granularite", "non_evalue", "arrondi"),
            Fieldset(
                "Commission",
                Row(Column("bonus_max", css_class="col-md-6"), Column("seuil_commentaire", css_class="col-md-6")),
            ),
        )

    def parametres(self) -> dict[str, Any]:
        return {champ: self.cleaned_data[champ] for champ in PARAMETRES}

    def reporter(self, refus: ValidationError) -> None:
        """Les messages du service, au champ quand le formulaire l'a, sinon en tête."""
        if not hasattr(refus, "error_dict"):
            self.add_error(None, refus.messages)
            return
        for champ, textes in refus.message_dict.items():
            self.add_error(champ if champ in self.fields else None, textes)


class PoidsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Le poids d'une compétence ; son libellé est celui de la compétence."""

    poids = forms.IntegerField(min_value=0, max_value=POIDS_MAX)

    class Meta:
        model = PoidsGrille
        fields = ["poids"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        competence = self.instance.competence
        self.fields["poids"].label = f"{competence.code} {competence.intitule}"


PoidsFormSet = forms.modelformset_factory(PoidsGrille, form=PoidsForm, extra=0)


def poids_formset(donnees: Any, grille: Grille) -> Any:
    """Un champ par compétence de l'épreuve, dans l'ordre du référentiel."""
    poids = grille.poids.select_related("competence").order_by("competence__ordre", "pk")
    return PoidsFormSet(donnees, queryset=poids, prefix="poids")


def poids_saisis(lu: Any) -> dict[int, int]:
    return {un.instance.competence_id: un.cleaned_data["poids"] for un in lu.forms}


class NouvelleVersionForm(forms.Form):
    """À qui servira la version préparée."""

    session = forms.ModelChoiceField(
        label="Pour quelle session",
        queryset=SessionExamen.objects.none(),
        required=False,
        empty_label="Toutes les sessions qui n'ont pas la leur",
        help_text="Une grille de session l'emporte sur celle de toutes les sessions.",
    )

    def __init__(self, *args: Any, sessions: QuerySet[SessionExamen], **options: Any) -> None:
        super().__init__(*args, **options)
        champ = self.fields["session"]
        if isinstance(champ, forms.ModelChoiceField):
            champ.queryset = sessions
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(Fieldset("Portée de la nouvelle version", "session"))
